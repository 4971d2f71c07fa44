import MalogCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

exit(Malog.run(Array(CommandLine.arguments.dropFirst())))
