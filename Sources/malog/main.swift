import MalogCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// A pattern of files can name more than the usual limit of 1024.
var files = rlimit()
#if canImport(Glibc)
let filesLimit = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
#else
let filesLimit = RLIMIT_NOFILE
#endif
if getrlimit(filesLimit, &files) == 0 {
    files.rlim_cur = files.rlim_max
    setrlimit(filesLimit, &files)
}
exit(Malog.run(Malog.arguments))
