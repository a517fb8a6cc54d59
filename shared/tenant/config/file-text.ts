const OTHERS: [first: number[], message: string][] = [
  [
    [0x1f, 0x8b],
    'is compressed with gzip, as Auth0 exports users: unpack it with gunzip, and name the file that comes out',
  ],
  [[0x50, 0x4b, 0x03, 0x04], 'is a ZIP archive: unpack it, and name the file in it'],
  [[0xff, 0xfe], 'is UTF-16, as > writes it in Windows PowerShell: save it as UTF-8'],
  [[0xfe, 0xff], 'is UTF-16: save it as UTF-8'],
];

/** @returns what is wrong with a file that is known not to be UTF-8 text. */
export function encodingMistake(bytes: Uint8Array): string | undefined {
  return OTHERS.find(([first]) => first.every((byte, i) => bytes[i] === byte))?.[1];
}
