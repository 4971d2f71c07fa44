import Foundation
import MALogger
import TestSupport
import Testing

/// Each test runs in its own process, because the limit for files applies to the whole process.
@Suite("A file that cannot grow", .timeLimit(.minutes(10)))
struct FullDiskTests {
    @Test(
        "Eight threads write while the limit for files rises at times: each line is in the file or counted as lost",
        arguments: ["file", "standard output"],
        [nil, "64KiB"]
    )
    func risingLimit(sink: String, buffer: String?) async {
        await #expect(processExitsWith: .success) { [sink, buffer] in
            if let buffer { setenv("LOG_BUFFER", buffer, 1) }
            let file = try TemporaryFile()
            try "".write(toFile: file.path, atomically: false, encoding: .utf8)
            if sink == "file" {
                dup2(open("/dev/null", O_WRONLY), 1)
                setenv("LOG_FILE_PATH", file.path, 1)
            } else {
                dup2(open(file.path, O_WRONLY | O_APPEND), 1)
            }
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
            limit.rlim_cur = 20_000
            setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
            setupLogging()

            let threads = 8
            let each = 2_000
            let ended = Locked(0)
            for thread in 0..<threads {
                Thread.detachNewThread {
                    let log = Log("app")
                    for number in 0..<each {
                        log.info("line") {
                            $0.id = thread * each + number
                            $0.filling = String(repeating: "x", count: number % 300)
                        }
                    }
                    ended.change { $0 += 1 }
                }
            }
            var random = SplitMix(state: 1)
            var rises = 0
            while ended.value < threads {
                usleep(50)
                var status = stat()
                guard stat(file.path, &status) == 0, status.st_size >= Int(limit.rlim_cur) else { continue }
                // The file is full. Some lines are lost before it can grow again.
                limit.rlim_cur += rlim_t(random.next() % 30_000)
                setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
                rises += 1
            }
            flushLogging()
            let lost = sink == "file" ? LostLines.now.file : LostLines.now.standardOutput
            var read: Set<Int> = []
            var isTorn = false
            for line in (file.text ?? "").split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                if line.isEmpty { exit(3) }
                guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                    isTorn = true
                    continue
                }
                guard object["log.logger"] as? String == "app" else { continue }
                guard let id = (object["attributes"] as? [String: Any])?["id"] as? Int, read.insert(id).inserted else {
                    exit(4)
                }
            }
            let missing = threads * each - read.count
            if !isTorn || missing == 0 { exit(5) }
            // Lines about the sink itself can be lost, too: that it fails, and that it works again.
            exit(lost >= missing && lost <= missing + 2 * rises + threads ? 0 : 6)
        }
    }
}
