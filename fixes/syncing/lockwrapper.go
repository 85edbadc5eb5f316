package syncing

const lockHead = `
// @NAME is a map with keys of type @KEY and values of type @ELEM for several goroutines.
type @NAME@PARAMS struct {
	mu @SYNC.RWMutex
	m  map[@KEY]@ELEM
}
`

// lockMethods are those of sync.Map, with types.
var lockMethods = []wrapperMethod{
	{"Load", `
func (#m# *@NAME@ARGS) Load(#key# @KEY) (#value# @ELEM, #ok# bool) {
	#m#.mu.RLock()
	defer #m#.mu.RUnlock()
	#value#, #ok# = #m#.m[#key#]
	return #value#, #ok#
}
`},
	{"Store", `
func (#m# *@NAME@ARGS) Store(#key# @KEY, #value# @ELEM) {
	#m#.mu.Lock()
	defer #m#.mu.Unlock()
	if #m#.m == nil {
		#m#.m = make(map[@KEY]@ELEM)
	}
	#m#.m[#key#] = #value#
}
`},
	{"LoadOrStore", `
func (#m# *@NAME@ARGS) LoadOrStore(#key# @KEY, #value# @ELEM) (#actual# @ELEM, #loaded# bool) {
	#m#.mu.Lock()
	defer #m#.mu.Unlock()
	if #actual#, #loaded# = #m#.m[#key#]; #loaded# {
		return #actual#, true
	}
	if #m#.m == nil {
		#m#.m = make(map[@KEY]@ELEM)
	}
	#m#.m[#key#] = #value#
	return #value#, false
}
`},
	{"LoadAndDelete", `
func (#m# *@NAME@ARGS) LoadAndDelete(#key# @KEY) (#value# @ELEM, #loaded# bool) {
	#m#.mu.Lock()
	defer #m#.mu.Unlock()
	#value#, #loaded# = #m#.m[#key#]
	delete(#m#.m, #key#)
	return #value#, #loaded#
}
`},
	{"Delete", `
func (#m# *@NAME@ARGS) Delete(#key# @KEY) {
	#m#.mu.Lock()
	defer #m#.mu.Unlock()
	delete(#m#.m, #key#)
}
`},
	{"Swap", `
func (#m# *@NAME@ARGS) Swap(#key# @KEY, #value# @ELEM) (#old# @ELEM, #loaded# bool) {
	#m#.mu.Lock()
	defer #m#.mu.Unlock()
	if #m#.m == nil {
		#m#.m = make(map[@KEY]@ELEM)
	}
	#old#, #loaded# = #m#.m[#key#]
	#m#.m[#key#] = #value#
	return #old#, #loaded#
}
`},
	{"CompareAndSwap", `
func (#m# *@NAME@ARGS) CompareAndSwap(#key# @KEY, #old#, #new# @ELEM) bool {
	#m#.mu.Lock()
	defer #m#.mu.Unlock()
	if #value#, #ok# := #m#.m[#key#]; !#ok# || #value# != #old# {
		return false
	}
	#m#.m[#key#] = #new#
	return true
}
`},
	{"CompareAndDelete", `
func (#m# *@NAME@ARGS) CompareAndDelete(#key# @KEY, #old# @ELEM) bool {
	#m#.mu.Lock()
	defer #m#.mu.Unlock()
	if #value#, #ok# := #m#.m[#key#]; !#ok# || #value# != #old# {
		return false
	}
	delete(#m#.m, #key#)
	return true
}
`},
	{"Clear", `
func (#m# *@NAME@ARGS) Clear() {
	#m#.mu.Lock()
	defer #m#.mu.Unlock()
	#m#.m = nil
}
`},
	{"Range", `
// Range holds the read lock while it calls yield.
func (#m# *@NAME@ARGS) Range(#yield# func(@KEY, @ELEM) bool) {
	#m#.mu.RLock()
	defer #m#.mu.RUnlock()
	for #key#, #value# := range #m#.m {
		if !#yield#(#key#, #value#) {
			return
		}
	}
}
`},
}
