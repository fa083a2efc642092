// A process that is killed while it puts messages: whatever is seen afterwards is whole, and what was answered is there.
// Must not say anything of how long a put takes. Says `unsafe`, because write(2) takes a pointer.

import Foundation
import Glibc
import Quarantine
import Testing

@Suite struct CrashTests {
    @Test("a kill at any moment leaves no half message, and loses none that was answered for", arguments: 0..<12)
    func killed(round: Int) async throws {
        let folder = try TemporaryFolder()
        let (root, answers) = (folder.root, folder.path + "/answers")
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [root = root as String, answers = answers as String, round = round as Int] in
            let quarantine = try MessageQuarantine(root: root)
            let file = unsafe open(answers, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            // Each round dies at other moments: at the first folder, in the middle, after hundreds.
            let microseconds = UInt32.random(in: 0...(round < 4 ? 3_000 : 60_000))
            Thread.detachNewThread {
                usleep(microseconds)
                kill(getpid(), SIGKILL)
            }
            for number in round * 1_000..<round * 1_000 + 100_000 {
                let folder = try QuarantineFolder("f\(number % 3)")
                let (message, from) = (noise(number), origin(number: number))
                let identifier = try quarantine.put(message.span, into: folder, origin: from, at: moment)
                let line = Array("\(identifier) \(number)\n".utf8)
                // Invariant: the array lives through the call.
                _ = unsafe line.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
            }
        }
        try check(root, answers: answers)
    }

    private func check(_ root: String, answers: String) throws {
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
            #expect(try quarantine.original(of: identifier) == noise(number), "\(number)")
        }
        let answered = (try? String(contentsOfFile: answers, encoding: .utf8))?.split(separator: "\n") ?? []
        for line in answered {
            let words = line.split(separator: " ")
            #expect(listed[String(words[0])] == Int(words[1]))
        }
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
