package lspserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.lsp.dev/jsonrpc2"

	"github.com/mapescape/mapescape/lspserver/proxy"
)

// goplsFlag is -gopls, alone or with the program's path.
type goplsFlag struct {
	on   bool
	path string
}

func (f *goplsFlag) String() string { return f.path }

func (f *goplsFlag) IsBoolFlag() bool { return true }

func (f *goplsFlag) Set(value string) error {
	f.on, f.path = value != "false", value
	if value == "true" || value == "false" {
		f.path = ""
	}
	return nil
}

// serveWithGopls serves with gopls behind the same connection. Its arguments are
// those that the user gave, its standard error goes to stderr.
func serveWithGopls(ctx context.Context, o Options, path string, args []string, stderr io.Writer) error {
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			return fmt.Errorf("%q is no flag of gopls: write its flags behind --, in the form -flag=value", arg)
		}
	}
	in, out := o.In, o.Out
	err := proxy.Run(ctx, proxy.Options{
		In: in, Out: out, Log: o.Log,
		Own: func(ctx context.Context, in io.Reader, out io.Writer) error {
			half := o
			half.In, half.Out = in, out
			return Serve(ctx, half)
		},
		Fatal: func(err error) bool { return errors.Is(err, errOrphan) },
		Start: func() (proxy.Child, error) {
			found, err := proxy.Find(path, os.Getenv)
			if err != nil {
				return nil, err
			}
			o.Log.Info("starting gopls", "path", found, "args", args)
			return proxy.Command(found, args, stderr)
		},
	})
	if errors.Is(err, proxy.ErrNoShutdown) {
		return fmt.Errorf("%w (%w)", ErrNoShutdown, err)
	}
	return err
}

// documents gives the texts of documents as they are at this place of the
// stream, for a proxy that has to tell another server. Those that are not held are left out.
func (s *server) documents(params jsonrpc2.RawMessage) (work, error) {
	p, err := decode[proxy.DocumentsParams](params)
	if err != nil {
		return nil, err
	}
	list := []proxy.Document{}
	for _, uri := range p.URIs {
		path, ok := fromFileURI(uri)
		if !ok {
			continue
		}
		if view, ok := s.sess.View(path); ok {
			list = append(list, proxy.Document{URI: uri, Version: view.Version, Text: string(view.File.Text())})
		}
	}
	return func(context.Context) (any, error) { return list, nil }, nil
}
