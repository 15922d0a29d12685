/** An answer whose failure counts only where it is awaited. */
export function later<answer>(answer: Promise<answer>): Promise<answer> {
  answer.catch(() => undefined);
  return answer;
}
