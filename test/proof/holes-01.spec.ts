import { proveHoles } from './holes';

proveHoles(1);
