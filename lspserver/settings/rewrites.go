package settings

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/mapescape/mapescape/fixes"
)

// rewriteKeys are the settings of rewrites, but for those that each fix has.
var rewriteKeys = []Key{
	{
		Name:    "rewrites.needReview",
		Type:    "boolean",
		Default: `true`,
		Doc: "Whether rewrites are offered that keep the program's behaviour only under an assumption which no tool can check. " +
			"Their titles end in `(review)`, and they say what to check.",
		set: func(s *Settings, raw json.RawMessage) error { return boolean(raw, &s.Rewrites.NeedReview) },
	},
	{
		Name:    "rewrites.background",
		Type:    "boolean",
		Default: `true`,
		Doc: "Whether the rewrites on offer in open files are compiled while there is nothing else to do, so that their titles can say " +
			"whether they build and what they change. Otherwise each is compiled when it is chosen.",
		set: func(s *Settings, raw json.RawMessage) error { return boolean(raw, &s.Rewrites.Background) },
	},
	{
		Name:    "rewrites.fixAll",
		Type:    "strings",
		Default: `[]`,
		Doc: "Rules that the code action `source.fixAll.mapescape` applies beside those that it always does, which keep the program's " +
			"behaviour and have a proven gain. " + optionalDoc(),
		set: setFixAll,
	},
	{
		Name:    "codeLens.rewrites",
		Type:    "boolean",
		Default: `false`,
		Doc:     "Whether rewrites on offer are shown above the code.",
		set:     func(s *Settings, raw json.RawMessage) error { return boolean(raw, &s.CodeLens.Rewrites) },
	},
}

// diagnosticKeys are the settings of the fixes' diagnostics. What is worth
// doing only in some programs is not reported unless it is asked for.
func diagnosticKeys() []Key {
	var keys []Key
	for _, f := range fixes.All {
		def := SeverityHint
		if f.Optional {
			def = SeverityOff
		}
		keys = append(keys, Key{
			Name: "diagnostics." + f.ID,
			Type: "enum",
			Values: []Value{
				{string(SeverityOff), "not at all; the code action is there all the same"},
				{string(SeverityHint), "unobtrusively"},
				{string(SeverityInformation), "as an information, which editors underline and list"},
			},
			Default: fmt.Sprintf("%q", def),
			Doc: fmt.Sprintf("How places are reported where this rewrite is on offer with a proven gain: %s. ", f.Title) +
				"A comment `//mapescape:ignore " + f.ID + "` on the line or above it turns one of them off.",
			set: func(s *Settings, raw json.RawMessage) error {
				if s.Diagnostics == nil {
					s.Diagnostics = map[string]Severity{}
				}
				v := s.Diagnostics[f.ID]
				err := enum(raw, &v, SeverityOff, SeverityHint, SeverityInformation)
				s.Diagnostics[f.ID] = v
				return err
			},
		})
	}
	return keys
}

// optionalDoc names the fixes that fixAll leaves out by default.
func optionalDoc() string {
	var ids []string
	for _, f := range fixes.All {
		if f.Optional {
			ids = append(ids, f.ID)
		}
	}
	if len(ids) == 0 {
		return "There are none at present."
	}
	return "They can be " + list(ids) + "."
}

// setFixAll takes the fixes that can be named there, and reports the first that cannot.
func setFixAll(s *Settings, raw json.RawMessage) (err error) {
	var ids []string
	if err := value(raw, &ids, "a list of strings"); err != nil {
		return err
	}
	s.Rewrites.FixAll = nil
	for _, id := range ids {
		switch f := fixes.Named(id); {
		case f == nil:
			err = cmp.Or(err, fmt.Errorf("there is no rule %q", id))
		case !f.Optional:
			err = cmp.Or(err, fmt.Errorf("%q is applied in any case, if it is safe", id))
		default:
			s.Rewrites.FixAll = append(s.Rewrites.FixAll, id)
		}
	}
	return err
}
