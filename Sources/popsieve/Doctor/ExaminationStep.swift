// One step of the way that the doctor walks, and what came of it.
// Must not hold a secret: it is printed.

import Audit

/// A step with its result.
struct ExaminationStep: Sendable {
    enum Result: String, Sendable {
        case ok
        /// It works, and may not for long.
        case warning
        case failed
        /// It could not be tried, because of another.
        case leftOut = "left-out"
    }

    /// Such as `greeting`.
    var name: String
    /// Which of several: an upstream, a scanner, a listener.
    var subject: String?
    var result: Result
    /// What was found, and at a failure who refused what.
    var sentence: String
    /// What to do, and by which setting.
    var remedy: String?
    /// Nil where nothing was tried.
    var duration: Duration?

    /// In one line.
    var text: String { (remedy.map { "\(sentence); \($0)" } ?? sentence).printable }
    var title: String { (subject.map { "\(name) \($0)" } ?? name).printable }
}

/// What was found where nothing has failed.
struct Remark {
    var sentence: String
    var remedy: String?
    var isWarning = false

    init(_ sentence: String) { self.sentence = sentence }

    static func warning(_ sentence: String, _ remedy: String?) -> Remark {
        var remark = Remark(sentence)
        remark.remedy = remedy
        remark.isWarning = true
        return remark
    }
}

/// Why a step has failed.
struct Complaint: Error {
    var sentence: String
    var remedy: String?

    init(_ sentence: String, _ remedy: String? = nil) {
        self.sentence = sentence
        self.remedy = remedy
    }
}
