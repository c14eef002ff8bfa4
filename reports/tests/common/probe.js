// Runs beside a frame that holds the report; leaves what it saw as text.
const page = document.querySelector("iframe").contentWindow;
const out = [];
const say = (name, value) => out.push(name + "=" + value);
const table = page.document.querySelector("#compression table");
const heads = [...table.tHead.rows[0].cells];
const column = (title) => heads.findIndex((head) => head.textContent.startsWith(title));
const order = (title) => [...table.tBodies[0].rows].map((row) => row.cells[column(title)].textContent);
const press = (title) => heads[column(title)].querySelector("button").click();
const sorted = (title) => heads[column(title)].getAttribute("aria-sort");
say("before", order("Encoded"));
press("Encoded"); say("ascending", sorted("Encoded") + " " + order("Encoded"));
press("Encoded"); say("descending", sorted("Encoded") + " " + order("Encoded"));
press("Strategy"); say("text", sorted("Strategy") + " " + sorted("Encoded") + " " + order("Strategy"));
heads[0].querySelector("button").focus();
say("focus", page.document.activeElement === heads[0].querySelector("button"));
const root = page.document.documentElement;
say("overflow", Math.max(root.scrollWidth, page.document.body.scrollWidth) - page.innerWidth);
const shown = [...page.document.querySelectorAll("figure svg")].filter((svg) => svg.getClientRects().length);
say("figures", page.document.querySelectorAll("figure").length - shown.length);
say("wide", shown.filter((svg) => svg.getBoundingClientRect().right > page.innerWidth).length);
say("shrunk", shown.filter((svg) => svg.getBoundingClientRect().width < 0.9 * svg.viewBox.baseVal.width).length);
const leaves = (text) => {
  const [word, picture] = [text, text.ownerSVGElement].map((e) => e.getBoundingClientRect());
  return word.left < picture.left - 1 || word.right > picture.right + 1 || word.top < picture.top - 1 || word.bottom > picture.bottom + 1;
};
// A text without a word has no place: some browsers say it is at the page's corner.
const words = shown.flatMap((svg) => [...svg.querySelectorAll("text")]).filter((text) => text.textContent.trim());
say("words", words.length);
say("outside", words.filter(leaves).map((text) => text.textContent.trim()).join(";") || 0);
say("growth", ["scaling", "sweeps"].map((id) => id + " " + shown.filter((svg) => svg.closest("#" + id)).length).join(", "));
say("errors", page.failures.length + page.failures.join(";"));
document.querySelector("pre").textContent = out.join("\n");
