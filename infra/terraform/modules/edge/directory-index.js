// An S3 origin knows objects, not directories: /guide/ is the page /guide/index.html.
// The cache keeps it under that name, so an invalidation has to name it so; laststop names both.
function handler(event) {
  var request = event.request;
  if (request.uri.endsWith('/')) {
    request.uri += 'index.html';
  }
  return request;
}
