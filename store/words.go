package store

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// countWords returns how many words a text in GitHub's Markdown says of its own: those that have a letter or a
// digit, outside of quotes (lines that begin with >), fenced code, code spans and :shortcodes:. Emoji are none,
// not even those that Unicode makes of a digit or a letter. A link or an address is one word for each part without
// spaces.
//
// Chinese, Japanese, Thai and the like put no spaces between words, which have two letters on the average in the first of
// these: every two letters in a row are one word there.
func countWords(text string) (words int) {
	for _, paragraph := range paragraphs(text) {
		words += wordsOf(withoutShortcodes(withoutSpans(paragraph)))
	}
	return words
}

// paragraphs are the parts of a text between empty lines, quotes and fenced code.
func paragraphs(text string) (parts []string) {
	var part strings.Builder
	end := func() {
		if part.Len() > 0 {
			parts = append(parts, part.String())
			part.Reset()
		}
	}
	fence := ""
	for line := range strings.Lines(text) {
		start := strings.TrimSpace(line)
		switch opened := fenceOf(start); {
		case fence != "":
			if strings.HasPrefix(start, fence) && strings.Trim(start, fence[:1]) == "" {
				fence = ""
			}
		case opened != "":
			fence = opened
			end()
		case start == "", strings.HasPrefix(start, ">"):
			end()
		default:
			part.WriteString(line)
		}
	}
	end()
	return parts
}

// fenceOf is the fence with which a line begins code; empty when it does not.
func fenceOf(line string) string {
	for _, mark := range []string{"`", "~"} {
		rest := strings.TrimLeft(line, mark)
		if fence := line[:len(line)-len(rest)]; len(fence) >= 3 && (mark == "~" || !strings.Contains(rest, mark)) {
			return fence
		}
	}
	return ""
}

var backticks = regexp.MustCompile("`+")

// withoutSpans takes code spans out of a paragraph: each ends with as many backticks as it begins with.
func withoutSpans(paragraph string) string {
	runs := backticks.FindAllStringIndex(paragraph, -1)
	var rest strings.Builder
	at := 0
	for i := 0; i < len(runs); i++ {
		for j := i + 1; j < len(runs); j++ {
			if runs[j][1]-runs[j][0] == runs[i][1]-runs[i][0] {
				rest.WriteString(paragraph[at:runs[i][0]] + " ")
				at, i = runs[j][1], j
				break
			}
		}
	}
	return rest.String() + paragraph[at:]
}

var shortcode = regexp.MustCompile(`:[A-Za-z0-9_+-]+:`)

// withoutShortcodes takes :tada: out of a text, but nothing out of 10:30:00.
func withoutShortcodes(text string) string {
	var rest strings.Builder
	for at := 0; ; {
		found := shortcode.FindStringIndex(text[at:])
		if found == nil {
			rest.WriteString(text[at:])
			return rest.String()
		}
		from, to := at+found[0], at+found[1]
		before, _ := utf8.DecodeLastRuneInString(text[:from])
		after, _ := utf8.DecodeRuneInString(text[to:])
		if isLetterOrDigit(before) || isLetterOrDigit(after) {
			rest.WriteString(text[at : to-1])
			at = to - 1 // its last colon may begin another
			continue
		}
		rest.WriteString(text[at:from] + " ")
		at = to
	}
}

func isLetterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// unspaced are scripts that put no spaces between words.
var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

const longVowel = 'ー' // of Hiragana and Katakana both

// wordsOf counts the words of a text that is neither quote nor code.
func wordsOf(text string) (words int) {
	counted := false // the word that is being read
	letters := 0     // in a row, of scripts without spaces
	end := func() { words, letters = words+(letters+1)/2, 0 }
	for i, r := range text {
		switch {
		case unicode.IsMark(r): // belongs to the letter before
		case !isLetterOrDigit(r) || isEmoji(text[i+utf8.RuneLen(r):]):
			end()
			counted = counted && !unicode.IsSpace(r)
		case r == longVowel || unicode.In(r, unspaced...):
			letters++
			counted = false
		default:
			end()
			if !counted {
				words++
			}
			counted = true
		}
	}
	end()
	return words
}

// isEmoji reports whether what follows a letter or a digit makes an emoji of it: U+FE0F asks for one, U+20E3 is a key.
func isEmoji(rest string) bool {
	return strings.HasPrefix(rest, "\uFE0F") || strings.HasPrefix(rest, "\u20E3")
}
