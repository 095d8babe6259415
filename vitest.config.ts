import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    setupFiles: ["test/property-seed.ts"],
    testTimeout: 60_000,
    // Two cores: one file per worker at a time keeps the timings of the kill tests sane.
    maxWorkers: 2,
  },
});
