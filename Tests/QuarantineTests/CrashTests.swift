// A process that is killed while it puts messages: whatever is seen afterwards is whole, and what was answered is there.
// Must not say anything of how long a put takes. Says `unsafe`, because write(2) takes a pointer.

import Foundation
import Glibc
import Quarantine
import Testing

@Suite struct CrashTests {
    /// How many messages are answered for before the process may die: the first folders, one that exists, many.
    @Test(
        "a kill at any moment leaves no half message, and loses none that was answered for",
        arguments: [0, 0, 1, 1, 2, 2, 3, 4, 5, 8, 13, 21]
    )
    func killed(after count: Int) async throws {
        let folder = try TemporaryFolder()
        let (root, answers) = (folder.root, folder.path + "/answers")
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [root = root as String, answers = answers as String, count = count as Int] in
            let quarantine = try MessageQuarantine(root: root)
            let file = unsafe open(answers, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            let messages = (1...8).map { noise($0) }
            // How long the last message took: the kill comes within one or two of them.
            var last = Duration.milliseconds(5)
            for number in 0..<100_000 {
                if number == count { killSoon(within: last * 2) }
                let (message, from) = (messages[number % 8], origin(number: number))
                let start = ContinuousClock.now
                let identifier = try quarantine.put(message, "f\(number % 3)", from)
                last = start.duration(to: .now)
                let line = Array("\(identifier) \(number)\n".utf8)
                // Invariant: the array lives through the call.
                _ = unsafe line.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
            }
        }
        try check(root, answers: answers, least: count)
    }

    private func check(_ root: String, answers: String, least: Int) throws {
        let quarantine = try MessageQuarantine(root: root)
        var listed: [String: Int] = [:]
        let leftOut = try quarantine.each { message in
            listed[message.identifier.description] = message.origin.number
            return true
        }
        #expect(leftOut.damaged == 0)
        #expect(leftOut.foreign == 0)
        for (identifier, number) in listed {
            let identifier = try #require(QuarantineIdentifier(identifier))
            #expect(try quarantine.original(of: identifier) == noise(number % 8 + 1), "\(number)")
        }
        let answered = (try? String(contentsOfFile: answers, encoding: .utf8))?.split(separator: "\n") ?? []
        for line in answered {
            let words = line.split(separator: " ")
            #expect(listed[String(words[0])] == Int(words[1]))
        }
        #expect(answered.count >= least)
        // At most the one that was not answered for.
        #expect((answered.count...answered.count + 1).contains(listed.count))
        // What it was writing can be told, and goes; the rest stays.
        #expect(try quarantine.tidy(now: .max) <= 2)
        #expect(try quarantine.identifiers().count == listed.count)
        for folder in try quarantine.folders() {
            #expect(try names(in: quarantine.folder(folder.name, "tmp")).isEmpty)
        }
    }
}

/// Ends this process at a random moment.
private func killSoon(within time: Duration) {
    let microseconds = UInt32.random(in: 0...UInt32(time / .microseconds(1)))
    Thread.detachNewThread {
        usleep(microseconds)
        kill(getpid(), SIGKILL)
    }
}
