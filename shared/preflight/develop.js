// Preloaded (node -r) by every command that needs the packages for development, too.
require('./act').act({ dev: true });
