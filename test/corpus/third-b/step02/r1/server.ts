import { createServer } from 'node:http';
import { handle } from './front';

// The front controller, which Apache had before.
createServer((request, response) => {
  handle(request, response).catch((error) => {
    console.error(error);
    if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end('<h1>Internal Server Error</h1>');
  });
}).listen(Number(process.env.PORT));
