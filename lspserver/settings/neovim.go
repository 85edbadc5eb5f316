package settings

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// helpWidth is the width of the text of Neovim's help files, in columns.
	helpWidth = 78
	// helpTag leads the line below which the section of the settings begins.
	helpTag = "*mapescape-settings*"
	// helpEnd begins the line that ends a help file and its last section.
	helpEnd = " vim:"
)

// NeovimHelp puts the documentation of all settings into the help file of the
// Neovim plugin: between the line with the tag mapescape-settings and the
// modeline. It fails on a file without these.
func NeovimHelp(file string) (string, error) {
	head, rest, ok := strings.Cut(file, helpTag+"\n")
	if !ok {
		return "", fmt.Errorf("the help file has no line that ends with %s", helpTag)
	}
	end := strings.LastIndex(rest, "\n"+helpEnd)
	if end < 0 {
		return "", fmt.Errorf("the help file has no line that begins with %q below %s", helpEnd, helpTag)
	}
	return head + helpTag + "\n" + helpSection() + rest[end:], nil
}

// helpSection documents all settings in the syntax of help files.
func helpSection() string {
	var out strings.Builder
	paragraph := func(first, next, text string) {
		for i, line := range wrap(text, helpWidth-7*strings.Count(next, "\t")-len(next)) {
			if i > 0 {
				first = next
			}
			out.WriteString(first + line + "\n")
		}
	}
	out.WriteByte('\n')
	paragraph("", "", "This section is generated from the server's table of settings. They are given to the plugin as a table of "+
		"tables, without the word `mapescape`, in the option `settings` of |g:mapescape|. Examples are JSON; in Lua a list is "+
		"`{ \"a\", \"b\" }` and an object `{ GOOS = \"windows\" }`. A value that cannot be used is reported in the log, and the "+
		"default is used instead.")
	for _, k := range Keys {
		name := Section + "." + k.Name
		fmt.Fprintf(&out, "\n%*s\n%s\n", helpWidth, "*"+name+"*", name)
		paragraph("\t", "\t", k.Doc)
		for _, v := range k.Values {
			paragraph("\t- ", "\t  ", fmt.Sprintf("`%s`: %s", v.Name, v.Doc))
		}
		fmt.Fprintf(&out, "\tDefault: `%s`\n", k.Default)
	}
	return out.String()
}

// wrap breaks a text at its blanks, outside of code: a help file shows code by
// its backquotes only if they stand on one line. The width is in characters.
func wrap(text string, width int) (lines []string) {
	line := ""
	for _, word := range unbroken(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// unbroken splits a text at its blanks, but not within backquotes.
func unbroken(text string) (words []string) {
	for _, field := range strings.Fields(text) {
		if n := len(words); n > 0 && strings.Count(words[n-1], "`")%2 == 1 {
			words[n-1] += " " + field
			continue
		}
		words = append(words, field)
	}
	return words
}
