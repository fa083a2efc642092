// How fast messages are read: header, part tree, contents; and whether they come out as they went in.
// Must not filter anything.

import Mail

struct ReadingBenchmark {
    let messages: Messages
    let rounds: Int

    func run() throws {
        show("header blocks read") { for message in messages.all { _ = HeaderBlock(message) } }
        show("part trees read") { for message in messages.all { _ = Message(message) } }
        show("parts decoded to text") {
            for octets in messages.all {
                let message = Message(octets)
                for part in message.leaves { _ = message.plainText(of: part) }
            }
        }
        let changed = messages.all.count { Rewriting(Message($0)).rendered().joined() != $0 }
        print("\(changed) messages changed by an octet when nothing was edited")
    }

    private func show(_ what: String, _ body: () -> Void) {
        let seconds = median(of: rounds, body)
        print(line(what, count: messages.all.count, seconds), "\(Int(Double(messages.octets) / 1e6 / seconds)) MB/s")
    }
}

/// What was done, how often a second.
func line(_ what: String, count: Int, _ seconds: Double) -> String {
    let rate = "\(Int(Double(count) / seconds))"
    let columns = what + String(repeating: " ", count: max(40 - what.count, 1))
    return columns + String(repeating: " ", count: max(8 - rate.count, 0)) + rate + " messages/s"
}
