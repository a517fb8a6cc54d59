import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { parse } from 'node-html-parser';
import { highlighted } from '../../shared/guide/lesson/highlight';
import { listSteps, ROOT } from '../../shared/steps/layers';
import { readLesson } from '../lessons/lesson';

describe('coloured code', () => {
  const text = (html: string) => parse(`<pre>${html}</pre>`, { blockTextElements: {} }).textContent;

  it('has every character of the lessons and of the files that they bring', () => {
    for (const { folder } of listSteps()) {
      for (const { language, text: code } of readLesson(folder).blocks)
        expect(text(highlighted(code, language)), folder).to.equal(code);
      for (const file of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(ts|js|yaml|json|css)$/.test(file)) continue;
        const code = fs.readFileSync(path.join(folder, file), 'utf8');
        expect(text(highlighted(code, path.extname(file).slice(1))), file).to.equal(code);
      }
    }
  });

  for (const [language, code, found] of [
    ['ts', "const a = await f('x'); // why", { kwd: 'const', func: 'f', str: '&#39;x&#39;', cmnt: '// why' }],
    ['yaml', 'name: "x" # why', { var: 'name', str: '&#34;x&#34;', cmnt: '# why' }],
    ['json', '{ "a": 1 }', { num: '1' }],
    ['sh', 'npm start # why', { func: 'npm', cmnt: '# why' }],
    ['diff', '-old\n+new', { deleted: '-old', insert: '+new' }],
  ] as const)
    it(`distinguishes the words of ${language}`, () => {
      for (const [token, word] of Object.entries(found))
        expect(highlighted(code, language)).to.include(`<span class="code-${token}">${word}`);
    });

  it('takes no value of YAML for a key, a comment or a string', () => {
    for (const [line, rest] of [
      ['value: read:appointments', ' read:appointments'],
      ['url: http://localhost:3000/#top', ' http://localhost:3000/#top'],
      ["description: the user's own", ' the user&#39;s own'],
      ['count: 15', ' <span class="code-num">15</span>'],
      ['on: true # why', ' <span class="code-bool">true</span> <span class="code-cmnt"># why</span>'],
    ] as const)
      expect(highlighted(line, 'yaml')).to.equal(
        `<span class="code-var">${line.split(':')[0]}</span>:${rest}`,
      );
  });

  it('colours what the grammars find with the classes of the style sheet', () => {
    const css = fs.readFileSync(path.join(ROOT, 'shared/guide/assets/prose.css'), 'utf8');
    for (const token of [
      'kwd',
      'func',
      'class',
      'type',
      'str',
      'cmnt',
      'var',
      'num',
      'bool',
      'deleted',
      'insert',
    ])
      expect(css).to.match(new RegExp(`^\\.code-${token}[ ,]`, 'm'));
  });

  it('leaves the code of an unknown language as it is, and never makes an element of it', () => {
    for (const language of ['pug', 'constructor', '__proto__', ''])
      expect(highlighted('<b>"a"</b>', language)).to.equal('&#60;b&#62;&#34;a&#34;&#60;/b&#62;');
    for (const language of ['ts', 'yaml', 'sh', 'json', 'css', 'diff'])
      expect(highlighted('</code><script>alert(`<b>`)</script>', language)).not.to.match(/<(?!\/?span)/);
  });
});
