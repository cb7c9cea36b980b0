// three.js r111 as Debian packages it (libjs-three) has no types: the few names the page uses are checked by use.
declare const THREE: any;
