/** The ports of the processes: on loopback of the network namespace that they share with the proxy. */
const PORTS = { first: 3001, second: 3002, api: 4002 };

/** The files with which an app of step 07 runs in containers, by path.
 * @param name of the project.
 * @param project whether it has an API of its own, and a lock file. */
export function containerFiles(
  name: string,
  { ownApi, locked }: { ownApi: boolean; locked: boolean },
): [string, string][] {
  return [
    ['compose.yaml', compose(name, ownApi)],
    ['Caddyfile', CADDYFILE],
    ['Dockerfile', dockerfile(locked)],
    ['.dockerignore', DOCKERIGNORE],
  ];
}

const compose = (
  name: string,
  ownApi: boolean,
) => `# The app as two processes, a proxy that ends https, and Redis, on one machine. README.md says how to start it.
name: ${name}

services:
  # Ends https and alternates between the processes of the app. Nothing else can be reached from outside.
  proxy:
    image: caddy:2
    restart: unless-stopped
    ports: ["80:80", "443:443"]
    environment:
      BASE_URL: \${BASE_URL:?set BASE_URL in .env}
    volumes:
      - ./Caddyfile:/etc/caddy/Caddyfile:ro
      - caddy-data:/data
      - caddy-config:/config

  app-1: &app
    image: ${name}
    build: .
    restart: unless-stopped
    # The app listens on loopback only, and believes a proxy on loopback only. It shares the network of the proxy, so
    # loopback is all that it needs. All processes share it, so each has a port of its own.
    network_mode: service:proxy
    env_file: .env
    environment: &settings
      BASE_URL: \${BASE_URL}
      PORT: "${PORTS.first}"
      STORE_URL: redis://redis:6379${ownApi ? `\n      API_URL: http://localhost:${PORTS.api}` : ''}
    depends_on:
      # Its network is gone when the proxy is made again.
      proxy: { condition: service_started, restart: true }
      redis: { condition: service_healthy }
    read_only: true
    tmpfs: [/tmp]
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    # Any answer means that it listens.
    healthcheck:
      test: [CMD, node, -e, "fetch('http://localhost:' + process.env.PORT).catch(() => process.exit(1))"]
      interval: 2s
      timeout: 5s
      retries: 15

  app-2:
    <<: *app
    environment:
      <<: *settings
      PORT: "${PORTS.second}"
${
  ownApi
    ? `
  # It has the appointments in its memory, so it is one process. It gets none of the app's secrets.
  api:
    <<: *app
    command: [node, -r, ts-node/register, api/server.ts]
    env_file: []
    environment:
      ISSUER_BASE_URL: \${ISSUER_BASE_URL}
      AUDIENCE: \${AUDIENCE}
      PORT: "${PORTS.api}"
`
    : ''
}
  redis:
    image: redis:8
    restart: unless-stopped
    # Each write is on the disk before it is answered, and nothing is removed to make room: a refresh token that is lost
    # logs its user out.
    command: [redis-server, --appendonly, "yes", --appendfsync, always, --maxmemory-policy, noeviction]
    volumes:
      - redis-data:/data
    healthcheck:
      test: [CMD, redis-cli, ping]
      interval: 2s
      timeout: 3s
      retries: 10

volumes:
  caddy-data:
  caddy-config:
  redis-data:
`;

const CADDYFILE = `# Caddy gets the certificate of a public name by itself. For localhost, it has an authority of its own.
# It sets X-Forwarded-For, -Proto and -Host, and drops what a browser wrote into them.
{$BASE_URL} {
	reverse_proxy 127.0.0.1:${PORTS.first} 127.0.0.1:${PORTS.second} {
		lb_policy round_robin
		# While a process restarts, the other one gets its requests.
		lb_try_duration 5s
		fail_duration 2s
	}
}
`;

const dockerfile = (locked: boolean) => `FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json ${locked ? 'package-lock.json ' : ''}./
RUN npm ${locked ? 'ci' : 'install'} --omit=dev
COPY . .
# The app writes no files, and belongs to root: its process cannot change it.
USER node
CMD ["node", "-r", "ts-node/register", "server.ts"]
`;

const DOCKERIGNORE = `node_modules
.git
.env*
store.db*
*.log
test
compose.yaml
Caddyfile
Dockerfile
`;

/** For README.md. */
export const CONTAINERS = `## In containers

\`compose.yaml\` starts two processes of the app, Redis for what they share, and Caddy in front of them, which ends https.
Copy .env.example to .env, fill it in, and set \`BASE_URL\` to the https address without a path, e.g.
\`https://localhost\`. The tenant needs the callback \`BASE_URL/callback\`, and containers must reach it: its address is not
one on localhost. Then:

\`\`\`sh
docker compose up --build
\`\`\`

Compose interprets \`$\` in .env: put such a value into single quotes. To use a new version without logging anybody out,
replace one process after the other:

\`\`\`sh
docker compose build
docker compose up -d --no-deps --wait app-1
docker compose up -d --no-deps --wait app-2
\`\`\`

This is one machine. For several machines, run the app with its own proxy on each of them, a load balancer in front, and
one Redis with a password, TLS (\`STORE_URL=rediss://…\`) and persistence. All processes have the same \`STORE_KEYS\` and
\`SESSION_SECRET\`, from a secret store. If the load balancer ends https, configure Caddy to trust it (\`trusted_proxies\`).`;
