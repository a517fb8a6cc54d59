import { Browser } from '../../shared/browser';

/** Milliseconds: nothing that answers at all takes that long, however busy the machine is. */
const PATIENCE = 120_000;

/**
 * A browser for what is not about time: on a machine that does much else meanwhile, a page may take longer than a check allows it.
 *
 * @param authority the certificate (PEM) of an authority that it trusts.
 */
export const patientBrowser = (authority?: string) => new Browser({ authority, patience: PATIENCE });
