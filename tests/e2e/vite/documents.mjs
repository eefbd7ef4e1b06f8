// The active versions of all metadata documents: imported by the page, and served beside it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folders = Object.keys(process.env).filter((name) => name.startsWith("CODEBUILD_SRC_DIR_"));
const versions = {};
for (const folder of folders.map((name) => process.env[name])) {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    const document = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const entries = Object.entries(document.algorithms);
    versions[document.type] = Object.fromEntries(entries.map(([name, entry]) => [name, entry.version]));
  }
}
for (const folder of ["src", "public"]) {
  writeFileSync(join(folder, "versions.json"), JSON.stringify(versions, null, 2) + "\n");
}
