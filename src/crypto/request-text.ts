/** A string field of a request, from where a view says that it stands; '' when it is absent. Its UTF-8 was checked natively. */
export function requestText(request: Buffer, view: Float64Array, offsetIndex: number): string {
  const length = view[offsetIndex + 1] ?? 0;
  if (length === 0) return '';
  const offset = view[offsetIndex] ?? 0;
  return request.toString('utf8', offset, offset + length);
}
