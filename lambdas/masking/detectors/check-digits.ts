// The check digits of cards, IBANs and national ids. Each takes the text without its gaps. Sources: ISO/IEC 7812-1 (Luhn),
// ISO 13616 and ISO/IEC 7064 (IBAN, Steuer-ID), and the published rules of each authority.

/** Cards: from the right every second digit twice. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let index = 1; index <= digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - index) - ZERO;
    const value = index % 2 === 0 ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

const ZERO = 48;
const LETTER_A = 65; // counts 10

/** IBAN: the first four characters moved to the end, letters as numbers, the rest by 97 is 1. */
export function mod97(packed: string): boolean {
  let rest = 0;
  for (let index = 0; index < packed.length; index++) {
    const code = packed.charCodeAt((index + 4) % packed.length);
    const value = code < LETTER_A ? code - ZERO : code - LETTER_A + 10;
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Steuer-ID: ISO 7064 mod 11,10; of the first ten digits one comes twice or thrice, the others once at most. */
export function deTaxId(digits: string): boolean {
  const counts = Object.values(Object.groupBy([...digits.slice(0, 10)], (digit) => digit)).map(
    (same) => same?.length ?? 0,
  );
  const repeated = counts.filter((count) => count > 1);
  if (repeated.length !== 1 || (repeated[0] ?? 0) > 3) return false;
  let product = 10;
  for (const digit of digits.slice(0, 10)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits[10]);
}

/** DNI and NIE: the letter is the number by 23; X, Y and Z count 0, 1 and 2. */
export function esId(text: string): boolean {
  const number = text.slice(0, -1).replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter)));
  return "TRWAGMYFPDXBNJZSQVHLCKE"[Number(number) % 23] === text.at(-1);
}

/** NIR: 97 minus the rest by 97; Corsica's 2A and 2B count 19 and 18. */
export function frNir(text: string): boolean {
  const month = Number(text.slice(3, 5));
  if ((month < 1 || month > 12) && (month < 20 || month > 42) && (month < 50 || month > 99)) return false;
  const number = text.slice(0, 13).replace("2A", "19").replace("2B", "18");
  return 97n - (BigInt(number) % 97n) === BigInt(text.slice(13));
}

/** BSN: the eleven test, the last digit counted negative. */
export function nlBsn(digits: string): boolean {
  return digits !== "000000000" && weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

/** CPF: two check digits by 11; eleven equal digits are none. */
export function brCpf(digits: string): boolean {
  if (/^(.)\1*$/.test(digits)) return false;
  const check = (count: number) => {
    const weights = Array.from({ length: count }, (_, index) => count + 1 - index);
    return ((weighted(digits, weights) * 10) % 11) % 10;
  };
  return check(9) === Number(digits[9]) && check(10) === Number(digits[10]);
}

/** PESEL: weights 1, 3, 7, 9. */
export function plPesel(digits: string): boolean {
  return weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

/** True when the first six digits are a date as PESEL writes it: the century is added to the month. */
export function isDate(digits: string): boolean {
  const month = Number(digits.slice(2, 4)) % 20;
  const day = Number(digits.slice(4, 6));
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0);
}
