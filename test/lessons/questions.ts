import fs from 'node:fs';
import path from 'node:path';
import { listSteps, type Step } from '../../shared/steps/layers';
import { answersOf } from '../../shared/steps/questions';

/** Writes the questions of every step.yaml into its lesson. */
export const COMMAND = 'node -r ./shared/lib/register.js test/lessons/questions.ts';

const SECTION = /^## Check yourself\n[\s\S]*?(?=^## |(?![\s\S]))/m;

/** The section of a lesson that asks the questions of step.yaml. */
export function questionSection({ quiz }: Pick<Step, 'quiz'>): string {
  const questions = quiz.map((one, i) => {
    const from = one.again === undefined ? '' : ` (from step ${one.again})`;
    const answers = answersOf(one);
    return `${wrapped(`**${i + 1}. ${one.question}**${from}`, '')}

${answers.map(({ text }) => wrapped(`- ${text}`)).join('\n')}

<details><summary>Answer</summary>

${answers.map(({ text, right, reason }) => wrapped(`- ${right ? 'Right' : 'Incorrect'}: ${text}. ${reason}`)).join('\n')}

</details>
`;
  });
  return `## Check yourself\n\n${questions.join('\n')}\n`;
}

/** Lines of at most 120 characters. */
function wrapped(text: string, indent = '  '): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > 120) lines.push(indent + word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.join('\n');
}

/** The section that a lesson has now. */
export const questionsIn = (lesson: string): string | undefined => SECTION.exec(lesson)?.[0];

if (require.main === module) {
  for (const step of listSteps()) {
    const file = path.join(step.folder, 'README.md');
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, text.replace(SECTION, () => questionSection(step)).replace(/\n+$/, '\n'));
  }
}
