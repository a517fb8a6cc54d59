/** One comparator: ^1.2.3, ~1.2.3, >=1.2.3 or 1.2.3; a missing part, x or * matches any number. */
const COMPARATOR = /^(\^|~|>=)?\s*v?(\d+)(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(-[\w.-]+)?$/;

/** Whether a version is in a range, as npm reads it, for the forms in package.json files. `semver` may be missing here.
 * @returns {boolean undefined} undefined for a range of another form, e.g. the address of a repository. */
function satisfies(version, range) {
  const answers = range.split('||').map((part) => inPart(version, part.trim()));
  if (answers.indexOf(true) >= 0) return true;
  return answers.indexOf(undefined) >= 0 ? undefined : false;
}

function inPart(version, part) {
  if (part === '' || part === '*') return true;
  const found = COMPARATOR.exec(part);
  const given = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (!found || !given) return undefined;
  const least = found.slice(2, 5).map((one) => (/^\d+$/.test(one || '') ? Number(one) : undefined));
  const has = given.slice(1).map(Number);
  const floor = least.map((one) => one || 0);
  if (found[1] === '>=') return compare(has, floor) >= 0;
  return compare(has, floor) >= 0 && same(has, least, fixedParts(found[1], floor));
}

/** How many leading parts of a version the range fixes. */
function fixedParts(sign, floor) {
  if (sign === undefined) return 3;
  if (sign === '~') return 2;
  // ^0.2.3 allows 0.2.x only, and ^0.0.3 no other version.
  const first = floor.findIndex((part) => part > 0);
  return first < 0 ? 3 : first + 1;
}

function same(has, least, parts) {
  return least.slice(0, parts).every((one, i) => one === undefined || one === has[i]);
}

function compare(a, b) {
  const i = a.findIndex((part, at) => part !== b[at]);
  return i < 0 ? 0 : a[i] - b[i];
}

module.exports = { satisfies };
