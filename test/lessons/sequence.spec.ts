import { expect } from 'chai';
import { parse } from 'node-html-parser';
import { sequenceSvg } from './sequence';

const diagram = (...lines: string[]) =>
  sequenceSvg(
    ['sequenceDiagram', 'participant App', 'participant Tenant', 'participant API', ...lines].join('\n'),
  );

describe('the picture of a sequence diagram', () => {
  it('has lanes, messages, answers and notes from top to bottom', () => {
    const svg = parse(diagram('App->>API: GET /', 'Note over API: looks<br/>twice', 'API-->>App: 200'));
    expect(svg.querySelectorAll('.actor text').map((one) => one.text)).to.deep.equal([
      'App',
      'Tenant',
      'API',
    ]);
    expect(svg.querySelectorAll('.note text').map((one) => one.text)).to.deep.equal(['looks', 'twice']);
    const lanes = svg.querySelectorAll('.lifeline').map((one) => one.getAttribute('x1'));
    const arrows = svg.querySelectorAll('.message line');
    expect(arrows.map((one) => [one.getAttribute('x1'), one.getAttribute('x2')])).to.deep.equal([
      [lanes[0], lanes[2]],
      [lanes[2], lanes[0]],
    ]);
    expect(svg.querySelectorAll('.answer')).to.have.length(1);
    const heights = svg.querySelectorAll('.message line').map((one) => Number(one.getAttribute('y1')));
    expect(heights[0]).to.be.below(heights[1] ?? 0);
  });

  it('puts a long label between its lanes on lines of whole words', () => {
    const label = 'POST /oauth/token with code, code_verifier and client_secret';
    const lines = parse(diagram(`App->>Tenant: ${label}`))
      .querySelectorAll('.message text')
      .map((one) => one.text);
    expect(lines.join(' ')).to.equal(label);
    expect(Math.max(...lines.map(({ length }) => length))).to.be.at.most(25);
  });

  it('frames what depends on a condition, one within the other, inside of the picture', () => {
    const svg = parse(
      diagram(
        'alt all right',
        'App->>API: a',
        'opt once',
        'API-->>App: b',
        'end',
        'else',
        'API-->>App: c',
        'end',
      ),
    );
    const box = (one: { getAttribute(name: string): string | undefined } | null) =>
      ['x', 'y', 'width', 'height'].map((name) => Number(one?.getAttribute(name)));
    const [outer = [], inner = []] = svg
      .querySelectorAll('.block')
      .map((one) => box(one.querySelector('rect')));
    const within = (
      [x = 0, y = 0, width = 0, height = 0]: number[],
      [X = 0, Y = 0, W = 0, H = 0]: number[],
    ) => x > X && y > Y && x + width < X + W && y + height < Y + H;
    expect(within(inner, outer)).to.equal(true);
    expect(
      within(outer, svg.querySelector('svg')?.getAttribute('viewBox')?.split(' ').map(Number) ?? []),
    ).to.equal(true);
    expect(
      svg
        .querySelectorAll('.title')
        .map((one) => one.text)
        .filter(Boolean),
    ).to.deep.equal(['alt [all right]', 'opt [once]']);
  });

  it('fetches nothing and has no style of its own, whatever a label says', () => {
    const svg = diagram('App->>API: <script>"x"</script> & more');
    expect(svg).not.to.match(/<script|style=|<style|href=|url\((?!#)/);
    expect(svg).to.include('&#60;script&#62;&#34;x&#34;');
  });

  for (const [what, lines, message] of [
    ['a line that it does not know', ['loop forever', 'end'], /cannot show: loop forever/],
    ['an unknown participant', ['App->>Nobody: x'], /no participant Nobody/],
    ['a message to itself', ['App->>App: x'], /from a participant to itself/],
    ['a frame without an end', ['alt a', 'App->>API: x'], /does not end its alt/],
    ['an end without a frame', ['end'], /end without a beginning/],
  ] as const)
    it(`refuses ${what}`, () => {
      expect(() => diagram(...lines)).to.throw(message);
    });
});
