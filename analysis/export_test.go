package analysis

import (
	"context"
	"errors"

	"github.com/mapescape/mapescape/analysis/compile"
)

// Direct is the direct way alone, for tests that compare it with the other.
func Direct(ctx context.Context, req Request) (*Result, bool, error) {
	return direct(ctx, req, func(Progress) {})
}

// FrontEnd prepares a run of the compiler alone for the package of a request,
// with all that Direct gives it: what Direct takes longer is what is ours.
func FrontEnd(ctx context.Context, req Request) (run func() error, err error) {
	d := &directRun{req: req, tc: req.Known.Toolchain, warm: new(Warm), listed: listedOf(req.Known, false)}
	builds := req.Known.Builds[:1]
	if !d.read(builds) {
		return nil, errors.New("not read")
	}
	if err := d.prepare(ctx, builds); err != nil {
		return nil, err
	}
	return func() error {
		sources, _, ok := d.sources(builds[0])
		exports, _, found, err := d.exportsFor(ctx, builds[0])
		if !ok || !found || err != nil {
			return errors.Join(errors.New(d.warm.reason), err)
		}
		_, ok, err = compile.Direct(ctx, d.tc, d.unit(builds[0], sources, exports))
		if !ok || err != nil {
			return errors.Join(errors.New("not compiled"), err)
		}
		return nil
	}, nil
}
