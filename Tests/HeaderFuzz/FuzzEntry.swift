internal import ContextPropagation
internal import Glibc

/// The format that `FUZZ_CODEC` names.
private let format: HeaderFormat = {
    let name = getenv("FUZZ_CODEC").map { String(cString: $0) } ?? ""
    guard let format = HeaderFormat(name: name) else {
        fatalError("FUZZ_CODEC must be one of \(HeaderFormat.allCases), but is \"\(name)\"")
    }
    return format
}()

/// The function that libFuzzer calls with each input. A broken invariant ends the process, as a trap does. See `fuzz`
/// in this folder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do throws(BrokenInvariant) {
        try HeaderInvariants.check(UnsafeBufferPointer(start: bytes, count: count), as: format)
    } catch {
        fatalError(error.description)
    }
    return 0
}
