import fs from 'node:fs';
import path from 'node:path';
import type { TenantOptions } from '../../shared/tenant';
import { startTestTenant, type TestTenant, YAML } from './tenant';

/** A tenant with Actions, Rules or Hooks beside its tenant.yaml. */
export interface ScriptedTenant extends TestTenant {
  /** Writes a script, or tenant.yaml's further sections, and has the tenant read them. */
  save(file: string, text: string): Promise<void>;
}

/** Bound to post-login in this order: the files ./NAME.js. */
export function actions(...names: string[]): string {
  const one = (name: string) =>
    `  - { name: ${name}, code: ./${name}.js, deployed: true, supported_triggers: [{ id: post-login, version: v3 }] }`;
  return `
actions:
${names.map(one).join('\n')}
triggers:
  post-login: [${names.map((name) => `{ action_name: ${name}, display_name: ${name} }`).join(', ')}]
`;
}

/** The body of an Action as a file. */
export const action = (body: string) => `exports.onExecutePostLogin = async (event, api) => {\n${body}\n};\n`;

/**
 * @param sections of tenant.yaml, beside those of the test tenant.
 * @param files by name.
 * @param options may have another tenant.yaml, before the sections.
 */
export async function startScripted(
  sections: string,
  files: Record<string, string>,
  { yaml = YAML, ...options }: Partial<TenantOptions> & { yaml?: string } = {},
): Promise<ScriptedTenant> {
  const test = await startTestTenant({ yaml, ...options });
  const write = (file: string, text: string) => fs.writeFileSync(path.join(test.folder, file), text);
  for (const [name, text] of Object.entries(files)) write(name, text);
  write('tenant.yaml', yaml + sections);
  await test.tenant.reload();
  const refused = test.last('configuration refused');
  if (refused) throw new Error(refused.problems.join('\n'));
  return {
    ...test,
    save: async (file, text) => {
      write(file, file === 'tenant.yaml' ? yaml + text : text);
      await test.tenant.reload();
    },
  };
}
