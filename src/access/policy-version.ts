/** Of the language: policy variables exist since the second. */
export type PolicyVersion = '2008-10-17' | '2012-10-17';
