package lspserver

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/fixes/verify"
	"github.com/mapescape/mapescape/lspserver/session"
)

// fakeOffers stands in for the fixes: it finds lines that end in a comment,
//
//	// offer FIX A proven
//	// refuse FIX why not
//
// and offers to replace the word before the comment by "new". The words
// "review", "optional" and "also", which takes line 1 along, may follow.
type fakeOffers struct {
	mu       sync.Mutex
	prepared int
	checked  []string // the titles of what was compiled together
	// verdict is what the compiler says of edits, nil for that they are good.
	verdict func(texts map[string]string) verify.Verdict
	err     error
	gate    chan chan struct{} // as in fakeGo, before each check
}

var offerLine = regexp.MustCompile(`(?m)^\s*(\S+)\s*// (offer|refuse) (\w+) (.*)$`)

func (f *fakeOffers) find(_ *analysis.Result, typed analysis.Typed) rewrite.Found {
	var found rewrite.Found
	for path, file := range typed.Files {
		for _, m := range offerLine.FindAllSubmatchIndex(file.Text(), -1) {
			part := func(i int) string { return string(file.Text()[m[2*i]:m[2*i+1]]) }
			at := source.Range{Path: path, Start: m[2], End: m[3]}
			kind := "refactor.rewrite." + part(3)
			if part(2) == "refuse" {
				found.Refusals = append(found.Refusals, rewrite.Refusal{
					Fix: part(3), Kind: kind, Title: "Replace " + part(1), Range: at, Pos: file.Pos(m[2]), Reason: "no", Text: part(4),
				})
				continue
			}
			o := rewrite.Offer{
				Fix: part(3), Kind: kind, Title: "Replace " + part(1), Class: rewrite.Safe, Range: at, Pos: file.Pos(m[2]),
				Edits: []source.Edit{{Range: at, New: "new"}}, Message: "this is old", Cost: "nothing is lost",
			}
			for _, word := range strings.Fields(part(4)) {
				switch word {
				case "B":
					o.Class, o.Assumes = rewrite.Review, "nobody needs it"
					o.Title += " (review)"
				case "proven":
					o.Gain = rewrite.Gain{Proven: true, Text: "saves 1 allocation"}
				case "optional":
					o.Optional = true
				case "also":
					o.Also = []source.Range{{Path: path, Start: 0, End: 7}}
				}
			}
			found.Offers = append(found.Offers, o)
		}
	}
	found.Sort()
	return found
}

func (f *fakeOffers) prepare(ctx context.Context, req analysis.Request) (*session.Prepared, error) {
	f.mu.Lock()
	f.prepared++
	err := f.err
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	req.Tests = true
	result := readDir(req)
	p := result.Packages[0]
	if len(p.Files) == 0 {
		return nil, errors.New("no files")
	}
	found := f.find(result, analysis.Typed{Package: p})
	return &session.Prepared{Package: p, Found: found, Check: func(ctx context.Context, offers ...rewrite.Offer) (verify.Verdict, error) {
		return f.check(ctx, p, offers)
	}}, nil
}

func (f *fakeOffers) check(ctx context.Context, p *analysis.Package, offers []rewrite.Offer) (verify.Verdict, error) {
	f.mu.Lock()
	gate := f.gate
	f.mu.Unlock()
	if gate != nil {
		pass := make(chan struct{})
		select {
		case gate <- pass:
		case <-ctx.Done():
			return verify.Verdict{}, ctx.Err()
		}
		select {
		case <-pass:
		case <-ctx.Done():
			return verify.Verdict{}, ctx.Err()
		}
	}
	texts := map[string]string{}
	byFile := map[string][]source.Edit{}
	var changed []string
	for _, o := range offers {
		for _, e := range o.Edits {
			changed = append(changed, string(p.Files[e.Path].Text()[e.Start:e.End]))
			byFile[e.Path] = append(byFile[e.Path], e)
		}
	}
	for path, edits := range byFile {
		text, err := source.Apply(p.Files[path].Text(), edits)
		if err != nil {
			return verify.Verdict{}, err
		}
		texts[path] = string(text)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.checked = append(f.checked, strings.Join(changed, " "))
	if f.verdict != nil {
		return f.verdict(texts), nil
	}
	return verify.Verdict{Go: "go1.26.8", Builds: true}, nil
}

// compiled are the words whose replacements were compiled, those compiled together in one element.
func (f *fakeOffers) compiled() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.checked...)
}

func (f *fakeOffers) set(change func(*fakeOffers)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}
