package store_test

import (
	"strings"
	"testing"

	"tributary/store"
)

func TestCountWords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want int
	}{
		{"", 0},
		{" \r\n\t ", 0},
		{"Looks good to me!", 4},
		{"don't re-use v1.2 -- ever...", 4},
		{"one\u00a0two\nthree", 3},
		{"- [x] done\n- [ ] to do", 4}, // a box has an x, or nothing

		{"👍", 0},
		{"👍🏽", 0},
		{"👩‍👩‍👧‍👦 🏳️‍🌈 👩🏿‍💻 🇩🇪 🏴󠁧󠁢󠁳󠁣󠁴󠁿", 0},
		{"1️⃣ #️⃣ 2⃣ ℹ️ ❤️ ™️", 0},
		{"👍ok", 1},
		{"LGTM 🎉🎉", 1},
		{"ℹ is a letter without U+FE0F", 6},

		{":shipit:", 0},
		{":+1::tada: :-1:", 0},
		{":+1: thanks", 1},
		{"at 10:30:00 std::vector", 3},
		{"note:this: and C:", 3},
		{":not a shortcode:", 3},
		{"a:b: :tada:", 1},

		{"> quoted words\r\n\r\nmine", 1},
		{"  > > twice quoted\n>without a space\nmine", 1},
		{"a > b", 2},
		{"```go\nfunc main() {}\n```\nafter", 1},
		{"before\n~~~\ncode\n```\nstill code\n~~~~\nafter it", 3},
		{"````\n```\ninner\n```\n````", 0},
		{"  ```suggestion\n  x := 1\n  ```", 0},
		{"```\nnever closed", 0},
		{"```inline``` after", 1},
		{"use `x := 1` here", 2},
		{"``a ` b`` c", 1},
		{"a `lone backtick\n\nand ` another", 5},
		{"`a` b `c", 2},
		{"`spans\nlines`", 0},

		{"https://example.com/a/b?c=d", 1},
		{"[see this](https://example.com)", 2},
		{"![image](https://example.com/x.png)", 1},
		{"@octocat #12 **", 2},

		{"这个函数应该先检查空值，然后再返回结果，否则会崩溃。", 13}, // 11, 7 and 5 letters
		{"この関数は例外を投げるべきではないと思います。", 11},
		{"コードレビュー", 4},
		{"用React写UI", 4},
		{"이 함수는 먼저 널을 검사해야 합니다", 6},
		{"ฟังก์ชันนี้ควรตรวจสอบค่าว่าง", 11},
		{"يجب أن تتحقق هذه الدالة من القيمة", 7},
		{"הפונקציה הזו 3 פעמים", 4},
		{"ça déjà vu e\u0301te\u0301", 4},
		{"e=mc² ½ ∑ — …", 1},
		{strings.Repeat("`` ` ", 5000), 0},
	} {
		if got := store.CountWords(test.text); got != test.want {
			t.Errorf("%.60q has %d words, want %d", test.text, got, test.want)
		}
	}
}
