class Problem extends Error {
  constructor(status, text, href = '/', label = 'Home') {
    super(text);
    Object.assign(this, { status, href, label });
  }
}
module.exports = { Problem };
