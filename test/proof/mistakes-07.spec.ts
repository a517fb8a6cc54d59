import { verifyMistakes } from './mistakes';

// The first one needs a Redis. For the second, no mistake is written yet.
verifyMistakes(7, { unproved: ['7.store-away', '7.cookie-size'] });
