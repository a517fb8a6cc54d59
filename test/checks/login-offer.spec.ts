import { expect } from 'chai';
import { findStep, materialise } from '../../shared/steps/layers';
import { applyEdit } from '../../shared/steps/mistakes';
import { Lane } from '../support/lane';

describe("a page in answer to the API's 401", () => {
  const lane = new Lane(findStep('3'), 'login-offer');
  after(() => lane.close());

  for (const [what, action, passes] of [
    [
      'a link to log in is as right as a redirect',
      "{ href: '/login?returnTo=/appointments', text: 'Go on' }",
      true,
    ],
    ['a link to another page is no login', "{ href: '/profile', text: 'Log in' }", false],
  ] as const)
    it(`with ${what}`, async () => {
      const { checks } = await lane.check({
        make: (target) => {
          materialise(3, target);
          const edit = {
            file: 'appointments.ts',
            replace: "return toLogin(res, '/appointments');",
            with: `throw new PageError(401, 'Your login has ended', 'The API says so.', ${action});`,
          };
          applyEdit(target, edit, 'a page for 401');
        },
        only: ['3.refused-token'],
      });
      expect(
        checks.map(({ passed }) => passed),
        JSON.stringify(checks),
      ).to.deep.equal([passes]);
    });
});
