package ledger

import "time"

const (
	panLength = 16
	cvvLength = 3
	validity  = 3 // years
)

// Luhn reports whether the digits of a card number carry the right check digit.
func Luhn(number string) bool {
	return len(number) > 1 && luhnSum(number)%10 == 0
}

// newPAN draws a Luhn-valid card number under a BIN.
func newPAN(r *Random, bin string) string {
	body := bin + r.Digits(panLength-1-len(bin))
	check := (10 - luhnSum(body+"0")%10) % 10
	return body + string(rune('0'+check))
}

func luhnSum(number string) int {
	sum := 0
	for i := range len(number) {
		digit := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			digit = doubled(digit)
		}
		sum += digit
	}
	return sum
}

func doubled(digit int) int {
	if digit > 4 {
		return 2*digit - 9
	}
	return 2 * digit
}

// expiry is the last month in which a card issued at the given time works.
func expiry(issued time.Time) (month, year int) {
	return int(issued.UTC().Month()), issued.UTC().Year() + validity
}

// expired reports whether the month is over.
func expired(month, year int, now time.Time) bool {
	return !now.Before(time.Date(year, time.Month(month)+1, 1, 0, 0, 0, 0, time.UTC))
}
