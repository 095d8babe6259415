#!/usr/bin/env node
/**
 * The command: checks the version of Node in words that an old one can read, then hands over to the command line.
 *
 * A clone runs from its sources, an installed package from its compiled files, since Node strips no types under node_modules.
 */

import module from "node:module";

const [major, minor] = process.versions.node.split(".").map(Number);

if (major < 24 || (major === 24 && minor < 12)) {
  process.stderr.write(
    `error: gradientflow needs Node 24.12 or later, this is Node ${process.versions.node} (${process.execPath}). ` +
      "In a clone of the repository, npm ci brings Node 24 along, and npx gradientflow and npm run then use it; " +
      "elsewhere, install Node 24 from https://nodejs.org\n",
  );
  process.exitCode = 1;
} else {
  // Halves the time to start from the second time on: compiled code and stripped types are kept in the user's temporary folder.
  module.enableCompileCache();
  const installed = import.meta.url.includes("/node_modules/");
  const { main } = await import(installed ? "../dist/cli/main.js" : "../src/cli/main.ts");
  await main(process.argv.slice(2));
}
