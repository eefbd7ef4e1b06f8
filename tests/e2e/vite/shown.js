import versions from "./versions.json";

const list = document.createElement("ul");
for (const algorithms of Object.values(versions)) {
  for (const [name, version] of Object.entries(algorithms)) {
    const line = document.createElement("li");
    line.textContent = `${name} ${version}`;
    list.append(line);
  }
}
document.querySelector("#app").append(list);
