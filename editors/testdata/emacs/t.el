;;; t.el --- What the test scripts share  -*- lexical-binding: t; -*-

;;; Code:

(require 'package)
(require 'cl-lib)

;; Without a user's configuration Emacs does not look where Debian puts packages.
(dolist (dir '("/usr/share/emacs/site-lisp/elpa" "/usr/share/emacs/site-lisp/elpa-src"))
  (add-to-list 'package-directory-list dir))
(package-initialize)

;; With a character as the last event, questions are asked in the minibuffer
;; and not in a menu.
(setq last-nonmenu-event ?x
      make-backup-files nil
      create-lockfiles nil)

(defvar t-limit 60 "Seconds that anything may take on a busy machine.")

(defun t-say (format-string &rest args)
  (princ (concat (apply #'format format-string args) "\n")))

(defun t-fail (format-string &rest args)
  (t-say "FAIL %s" (apply #'format format-string args))
  (kill-emacs 1))

(defun t-check (what ok &optional got)
  (if ok (t-say "ok   %s" what)
    (t-fail "%s: got %S" what got)))

(defun t-require (&rest features)
  "Load FEATURES; where one is not installed, say so and end."
  (dolist (feature features)
    (unless (require feature nil t)
      (t-say "MISSING %s" feature)
      (kill-emacs 0))))

(defun t-wait (what condition)
  "Wait until CONDITION gives something that is not nil, and give that."
  (let ((end (+ (float-time) t-limit)) got)
    (while (and (not (setq got (funcall condition)))
                (< (float-time) end))
      (accept-process-output nil 0.02))
    (unless got (t-fail "waited in vain for %s" what))
    (t-say "ok   %s" what)
    got))

(defun t-goto (line within)
  "Put point on WITHIN in the first line that has LINE."
  (goto-char (point-min))
  (search-forward line)
  (beginning-of-line)
  (search-forward within (line-end-position))
  (goto-char (match-beginning 0)))

(defun t-open (name mode)
  "Visit the file NAME of the workspace in MODE."
  (switch-to-buffer (find-file-noselect (expand-file-name name (getenv "WORKSPACE"))))
  (unless (eq major-mode mode) (funcall mode))
  (current-buffer))

(provide 't)
;;; t.el ends here
