/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the screen asks of the event loop after a key.
 */
#ifndef STOP_UI_REQUEST_H
#define STOP_UI_REQUEST_H

enum ui_request {
	UI_REQUEST_NONE,        /* nothing: the key was not handled */
	UI_REQUEST_REDRAW,      /* draw: the view has changed, the report has not */
	UI_REQUEST_REPORT,      /* make a report for the changed view, then draw */
	UI_REQUEST_REPAINT,     /* draw, and send every cell again */
	UI_REQUEST_SNAPSHOT,    /* write a snapshot, and report its name with screen_message() */
	UI_REQUEST_RECORD,      /* begin a recording, or end it, and say so */
	UI_REQUEST_PAGE,        /* write a page of HTML, and report its name */
	UI_REQUEST_BASELINE,    /* take a baseline, show what has changed since, or take another */
	UI_REQUEST_SAVE_STACKS, /* write the stacks that are shown, and report the file's name */
	UI_REQUEST_SELECT,      /* select the calls of screen_take_filter(), then as REPORT */
	UI_REQUEST_MARK,        /* count from now, or from the beginning again */
	UI_REQUEST_FILES,       /* count files and peers, or no longer: screen_counts_files() */
	UI_REQUEST_PROGRAMS,    /* read the command lines of processes; new report */
	UI_REQUEST_SPLIT,       /* split the time of calls, or no longer */
	UI_REQUEST_COPY,        /* copy the text of screen_copied() to the clipboard, and say so */
	UI_REQUEST_MANUAL,      /* show the manual page of screen_manual() */
	UI_REQUEST_PLAY_BACK,   /* in a recording: go back a little … */
	UI_REQUEST_PLAY_FORTH,  /* … or forward */
	UI_REQUEST_PLAY_MARK_BACK, /* … to the mark before */
	UI_REQUEST_PLAY_MARK,      /* … to the next mark */
	UI_REQUEST_PLAY_STEP,      /* … to the next event */
	UI_REQUEST_PLAY_SLOWER,    /* play it half as fast … */
	UI_REQUEST_PLAY_FASTER,    /* … or twice as fast */
	UI_REQUEST_SIGNAL,         /* send the signal of screen_signal(), and report it */
	UI_REQUEST_SETTINGS,       /* use screen_settings() from now on */
	UI_REQUEST_SAVE,           /* the same, and save them to the configuration file */
	UI_REQUEST_FOLLOW,         /* trace existing children of the targets, too, and say so */
	UI_REQUEST_SUSPEND,        /* suspend, as ^Z in a shell */
	UI_REQUEST_QUIT,           /* quit; a started command keeps running */
	UI_REQUEST_END,            /* end the started command, then quit */
};

#endif
