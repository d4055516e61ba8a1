// The vitest door as a user opens it, by the name of the package: the built-in model passes its own suite.
import { modelTarget } from 'cowcheck';
import { describeCow } from 'cowcheck/vitest';

describeCow('the built-in model', modelTarget());
