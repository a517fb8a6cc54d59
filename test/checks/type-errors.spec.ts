import { expect } from 'chai';
import { withTypeError } from '../../shared/checks/lead-with-type-error';
import type { FoundTypeError } from '../../shared/checks/type-check';

const FINDING = {
  id: 'scopes-with-commas',
  expected: 'scopes with spaces between them',
  seen: 'scope=read:appointments,create:appointments',
  cause: 'the scopes have commas between them',
  next: 'join them with spaces',
};
const error = (code: number, message: string): FoundTypeError => ({
  file: 'api-client.ts',
  line: 61,
  code,
  message,
  text: 'body',
  related: [],
});
const NOT_ASSIGNABLE = error(2322, "Type 'number' is not assignable to type 'string'.");

describe('an error of the type checker in the file of a failed check', () => {
  it('follows a cause that is known, and leaves the next step as it is', () => {
    expect(withTypeError(FINDING, [NOT_ASSIGNABLE])).to.deep.equal({
      ...FINDING,
      cause:
        "the scopes have commas between them. Also, api-client.ts:61 has a type error: body: Type 'number' is not assignable to type 'string'",
    });
  });

  it('is the cause where none is known, and where such code cannot work', () => {
    const unknown = withTypeError({ ...FINDING, cause: 'not known' }, [NOT_ASSIGNABLE]);
    expect(unknown).to.include({ id: 'type-error', next: 'look at api-client.ts:61' });
    const misspelt = withTypeError(FINDING, [NOT_ASSIGNABLE, error(2304, "Cannot find name 'boddy'.")]);
    expect(misspelt).to.include({ id: 'type-error', next: 'look at api-client.ts:61' });
    expect(misspelt.cause).to.include('the name body is not known there');
  });

  it('changes nothing where an app with it runs: undefined for an optional property', () => {
    const strict = error(2379, "Argument is not assignable with 'exactOptionalPropertyTypes: true'.");
    expect(withTypeError(FINDING, [strict])).to.equal(FINDING);
  });

  it('has a long message cut between two words', () => {
    const long = error(
      2322,
      `Type '{ ${'property: string; '.repeat(30)} }' is not assignable to type 'string'.`,
    );
    expect(withTypeError(FINDING, [long]).cause).to.match(/ property: string; property: …$/);
  });
});
