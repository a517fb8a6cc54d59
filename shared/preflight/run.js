// Preloaded (node -r) by every command that people run.
require('./act').act({ dev: false });
