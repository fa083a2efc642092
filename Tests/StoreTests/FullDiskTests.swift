// No room on the disk, or none for this user. Says `unsafe`, because setrlimit(2) takes a pointer.
// Must not fill a disk that others use.

import ChildProcess
import Foundation
import Glibc
import Store
import Testing

@Suite struct FullDiskTests {
    private static let isMountable: Bool = {
        guard geteuid() == 0, let folder = try? TemporaryFolder() else { return false }
        guard (try? mount(folder.path, "size=64k")) == 0 else { return false }
        return (try? run("umount", ["-l", folder.path])) == 0
    }()

    private static func mount(_ path: String, _ options: String) throws -> Int32 {
        try run("mount", ["-t", "tmpfs", "-o", options, "none", path])
    }

    private static func run(_ name: String, _ arguments: [String]) throws -> Int32 {
        try ChildProcess(path: "/usr/bin/" + name, arguments).waitForEnd()
    }

    private static func large(_ number: Int) -> StoredVerdict {
        StoredVerdict(size: number, payload: Array(repeating: 1, count: 30_000))
    }

    @Test("a disk that fills up is told once, and works again when there is room", .enabled(if: isMountable))
    func fullDisk() async throws {
        let folder = try TemporaryFolder()
        let state = folder.path + "/state"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
        #expect(try Self.mount(state, "size=1m,mode=700") == 0)
        let news = News()
        let store = await folder.store(news)
        for number in 0..<100 {
            store.remember(Self.large(number), for: try key("\(number)"), now: moment)
            await store.flush()
        }
        #expect(news.words == ["full"])
        #expect(store.dropped > 50)
        #expect(await store.verdict(for: try key("1"), now: moment) == nil)
        // Still full, and not told again: what little is left is no room.
        for tries in Int64(1)...3 {
            #expect(await store.verdict(for: try key("1"), now: moment + seconds(60 * tries)) == nil)
        }
        #expect(news.words == ["full"])
        #expect(try Self.run("mount", ["-o", "remount,size=8m", state]) == 0)
        let now = moment + seconds(300)
        #expect(await store.verdict(for: try key("1"), now: now) == Self.large(1))
        store.remember(Self.large(99), for: try key("99"), now: now)
        await store.flush()
        #expect(await store.verdict(for: try key("99"), now: now) == Self.large(99))
        #expect(news.words == ["full", "works"])
        await store.close()
        #expect(try folder.numbers("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == [0])
        #expect(try Self.run("umount", ["-l", state]) == 0)
    }

    @Test("a disk that is full from the start is no reason not to start", .enabled(if: isMountable))
    func fullFromTheStart() async throws {
        let folder = try TemporaryFolder()
        let state = folder.path + "/state"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
        #expect(try Self.mount(state, "size=16k,mode=700") == 0)
        let news = News()
        let store = await folder.store(news)
        store.remember(Self.large(1), for: try key(), now: moment)
        await store.flush()
        #expect(await store.verdict(for: try key(), now: moment) == nil)
        #expect(news.words == ["full"])
        #expect(try Self.run("mount", ["-o", "remount,size=8m", state]) == 0)
        let now = moment + seconds(60)
        store.remember(Self.large(1), for: try key(), now: now)
        await store.flush()
        #expect(await store.verdict(for: try key(), now: now) == Self.large(1))
        #expect(news.words == ["full", "works"])
        await store.close()
        #expect(try Self.run("umount", ["-l", state]) == 0)
    }

    @Test("a disk that may only be read is told as such", .enabled(if: isMountable))
    func readOnly() async throws {
        let folder = try TemporaryFolder()
        let state = folder.path + "/state"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
        #expect(try Self.mount(state, "size=8m,mode=700") == 0)
        let first = await folder.store()
        first.remember(Self.large(1), for: try key(), now: moment)
        await first.close()
        #expect(try Self.run("mount", ["-o", "remount,ro", state]) == 0)
        let news = News()
        let store = await folder.store(news)
        #expect(await store.verdict(for: try key(), now: moment) == nil)
        #expect(news.words == ["unwritable"])
        #expect(try Self.run("mount", ["-o", "remount,rw", state]) == 0)
        #expect(await store.verdict(for: try key(), now: moment + seconds(60)) == Self.large(1))
        #expect(news.words == ["unwritable", "works"])
        await store.close()
        #expect(try Self.run("umount", ["-l", state]) == 0)
    }

    @Test("a file that the user may not make so large fails, and the process goes on")
    func fileSize() async throws {
        let folder = try TemporaryFolder()
        await #expect(processExitsWith: .success) { [folder = folder.file as String] in
            // The signal would end the process; a service ignores it.
            _ = signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 400_000, rlim_max: rlim_t.max)
            // Invariant: the limit lives through the call.
            #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            let news = News()
            let store = await SQLiteStore.open(path: folder, now: moment) { news.hear($0) }
            for number in 0..<40 {
                store.remember(FullDiskTests.large(number), for: try key("\(number)"), now: moment)
                await store.flush()
            }
            #expect(news.words == ["failed"])
            #expect(store.dropped > 10)
            limit.rlim_cur = rlim_t.max
            // Invariant: the same.
            #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            #expect(await store.verdict(for: try key("1"), now: moment + seconds(60)) == FullDiskTests.large(1))
            #expect(news.words == ["failed", "works"])
        }
    }
}
