/** Writes schema/study.schema.json, which editors read, from the settings in the code: `npm run schema`. */

import { mkdirSync, writeFileSync } from "node:fs";
import { studySchema } from "../src/cli/study-schema.ts";

const folder = new URL("../schema/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("study.schema.json", folder), `${JSON.stringify(studySchema(), null, 2)}\n`);
