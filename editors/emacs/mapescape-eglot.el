;;; mapescape-eglot.el --- mapescape as the server of Eglot  -*- lexical-binding: t; -*-

;; Eglot runs one server for a buffer. So gopls stays the one that it starts,
;; and M-x mapescape-eglot connects the project to mapescape in its place;
;; M-x eglot connects it to gopls again.  Inlay hints need Eglot 1.15.

;;; Code:

(require 'eglot)

(defvar mapescape-program '("mapescape" "serve")
  "The command that starts the server, a list of strings.")

;;;###autoload
(defun mapescape-eglot ()
  "Let mapescape serve the project of this buffer, in place of another server."
  (interactive)
  (let ((current (eglot-current-server)))
    (when current
      (eglot-shutdown current)))
  (let ((eglot-server-programs
         (cons (cons major-mode mapescape-program) eglot-server-programs)))
    (call-interactively #'eglot)))

(provide 'mapescape-eglot)
;;; mapescape-eglot.el ends here
