const path = require('node:path');

/**
 * Loaded before auth0-deploy-cli, by -r: what it validates is compared with the sections of its schema that it has. The schema of `prompts` alone has
 * 8 MB, which the tool compiles at each import, twice: 17 seconds of CPU. A section that is not there, and gets no default, is not looked at by a schema.
 */
const lib = path.dirname(require.resolve('auth0-deploy-cli'));
const Ajv = require(require.resolve('ajv/lib/ajv', { paths: [lib] }));
const { validate } = Ajv.prototype;
Ajv.prototype.validate = function validateSections(schema, data) {
  if (typeof schema?.properties !== 'object' || typeof data !== 'object' || data === null)
    return validate.call(this, schema, data);
  const properties = Object.entries(schema.properties).filter(
    ([name, section]) => Object.hasOwn(data, name) || Object.hasOwn(section, 'default'),
  );
  return validate.call(this, { ...schema, properties: Object.fromEntries(properties) }, data);
};
