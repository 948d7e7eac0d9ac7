#if FUZZ
import Glibc

/// Runs libFuzzer on the reader that a variable names, since the arguments are libFuzzer's own.
@_cdecl("fuzz_main")
func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    guard FuzzChoice.reader != nil else { fatalError("FUZZ_READER names no reader") }
    var (count, arguments) = (count, arguments)
    return runFuzzer(&count, &arguments, readInput)
}

/// A promise that is not kept ends the process, as a trap does.
@_cdecl("LLVMFuzzerTestOneInput")
func readInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try FuzzChoice.reader?.read(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _: UnsafeMutablePointer<CInt>,
    _: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

private enum FuzzChoice {
    static let reader = getenv("FUZZ_READER").flatMap { FuzzedReader(rawValue: String(cString: $0)) }
}
#endif
