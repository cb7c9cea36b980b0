// Independent ends for our HTTP and WebSocket code: Node's own http, and ws.
//   node peer.cjs http-server           answers; prints its port
//   node peer.cjs ws-server             echoes; prints its port
//   node peer.cjs ws-client URL         talks to an echo and prints what it found
// Exit 77: a module is missing.
'use strict';
const http = require('http');

function need(name) {
  try {
    return require(name);
  } catch {
    process.exit(77);
  }
}

function httpServer() {
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      if (request.url === '/pieces') {
        response.write('one ');
        setTimeout(() => response.end('two'), 5);
      } else if (request.url === '/close') {
        response.setHeader('Connection', 'close');
        response.end('bye');
      } else if (request.url === '/early') {
        response.writeEarlyHints({ link: '</style.css>; rel=preload' });
        response.end('hinted');
      } else {
        response.setHeader('X-Body', String(body.length));
        response.end(`${request.method} ${request.url} ${request.headers['x-one']}`);
      }
    });
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}

function wsServer() {
  const { WebSocketServer } = need('ws');
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => console.log(server.address().port));
  server.on('connection', (socket) => {
    socket.ping('are you there');
    socket.on('pong', (data) => socket.send('pong ' + data));
    socket.on('message', (data, binary) => {
      if (!binary && data.toString() === 'close') return socket.close(4001, 'as you wish');
      // In three fragments.
      const third = Math.ceil(data.length / 3);
      socket.send(data.subarray(0, third), { binary, fin: false });
      socket.send(data.subarray(third, 2 * third), { binary, fin: false });
      socket.send(data.subarray(2 * third), { binary, fin: true });
    });
  });
}

function wsClient(url) {
  const { WebSocket } = need('ws');
  const socket = new WebSocket(url, ['v1', 'v2'], { perMessageDeflate: true });
  const sent = ['', 'a', 'äöü €😀', 'x'.repeat(126), 'y'.repeat(70000), 'z'.repeat(900000)];
  let heard = 0;
  let pongs = 0;
  socket.on('open', () => {
    console.log('protocol', socket.protocol, 'extensions', socket.extensions || 'none');
    socket.ping('p');
    for (const text of sent) socket.send(text);
    socket.send(Buffer.from([0, 255, 1]), { fin: false });
    socket.send(Buffer.from([2]), { fin: true });
  });
  socket.on('pong', (data) => {
    if (data.toString() === 'p') pongs += 1;
  });
  socket.on('message', (data, binary) => {
    if (heard < sent.length ? binary || data.toString() !== sent[heard] : !binary || data.toString('hex') !== '00ff0102')
      console.log('wrong echo', heard);
    heard += 1;
    if (heard === sent.length + 1) socket.close(4000, 'enough');
  });
  socket.on('close', (code, reason) => {
    console.log('heard', heard, 'pongs', pongs, 'closed', code, reason.toString());
  });
  socket.on('error', (error) => console.log('error', error.message));
}

const modes = { 'http-server': httpServer, 'ws-server': wsServer, 'ws-client': wsClient };
modes[process.argv[2]](process.argv[3]);
